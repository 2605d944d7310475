"""What is done about a death: lines of enquiry, closing, referrals, concerns and deadlines."""
