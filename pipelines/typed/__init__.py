"""What people type or hand over: names, dates, reasons, sheets; read forgivingly, or refused in one message."""
