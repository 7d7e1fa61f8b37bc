"""How long a comment's outputs take, at loads that do not wait for anybody."""
