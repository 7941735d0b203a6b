"""What an API process stands on: the application factory and its doors."""
