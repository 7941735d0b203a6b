"""Stand-ins for outside systems that no laptop can reach: Razorpay, FCM and a mail server."""
