"""What the end-to-end tests share: programs, clients, pages, and what may stand between them."""
