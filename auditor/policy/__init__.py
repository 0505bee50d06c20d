"""What is required: schema, loading with line-precise messages, inheritance, tailoring, waivers."""
