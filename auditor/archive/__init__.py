"""The history of audits: kept byte for byte, compared, never lost."""
