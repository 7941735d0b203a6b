"""What people upload: from the request for an address to the renditions."""
