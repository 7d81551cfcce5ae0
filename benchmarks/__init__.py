"""How fast this machine carries readings, measured on the real servers: `farmstream bench`."""
