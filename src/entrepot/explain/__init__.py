"""Why a request was refused: what is looked at once a refusal is decided. Nothing here can change a decision."""
