// The HeyGen adapter.
