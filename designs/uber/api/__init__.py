"""What programs use: the apps of riders and drivers."""
