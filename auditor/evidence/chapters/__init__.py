"""The chapters of the dossier: each turns an edition into blocks."""
