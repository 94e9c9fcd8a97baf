"""Albums: tracks become one programme, CD masters, record sides and what goes with them."""
