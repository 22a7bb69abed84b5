"""What people type or hand over: names, dates, reasons, sheets; read tolerantly, or refused in one message."""
