"""Stand-ins for outside systems that no laptop can reach: Razorpay, FCM, mail, OpenID, SNS."""
