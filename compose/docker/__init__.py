"""What the containers of `docker-compose.yml` need beside their own programs; see docs/docker.md."""
