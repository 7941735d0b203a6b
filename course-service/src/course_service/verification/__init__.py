"""The public check of certificates: what anybody may know of one."""
