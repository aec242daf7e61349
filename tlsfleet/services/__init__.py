"""Services: what came over of one service's configuration, made into its effective settings; pure."""
