"""What an operator does with boards: find, flash, provision, calibrate, watch and update them."""
