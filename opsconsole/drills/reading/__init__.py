"""Reading a drill file: from TOML to what is run, every name looked up, everything wrong noted at once."""
