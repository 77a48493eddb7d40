"""Why a firm scores as it does: evidence, reasons and their texts."""
