"""The SKUs of the list for each agent."""
