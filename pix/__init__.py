"""Files and forms from Pix become frozen values here; nothing is stored, and no page is drawn."""
