"""The portal: Wagtail with one site for the province and one for each unit that has one."""
