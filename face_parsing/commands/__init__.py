"""The console command face-parsing, a module for each subcommand."""
