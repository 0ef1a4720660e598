"""The pages that people see. They call the hub and the flows, and never a connector."""
