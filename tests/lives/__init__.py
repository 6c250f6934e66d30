"""Long lives of two publishers, and a model of what a careful editor was owed, which judges every change."""
