"""The colours of all figures. They are told apart with every common kind of colour blindness, and
fit light and dark: grounds are transparent, lines half so."""

CLEAR = "rgba(0,0,0,0)"
GRID_LINE = "rgba(128,128,128,0.25)"
BLUE, ORANGE, GREY = "#2F6FDE", "#E07A1F", "#8C97A8"
# One for each sample or group
SERIES = (BLUE, ORANGE, "#1F9E89", "#B5489D", "#7A6FF0", "#C9A227", "#5AA6C8", "#8C8C8C")
# From little to much, and from less over equal to more
SEQUENTIAL = [[0.0, "#DCE6F8"], [0.5, "#5487D6"], [1.0, "#122B5C"]]
DIVERGING = [
    [0.0, "#1F5FBF"],
    [0.25, "#8FB4E8"],
    [0.5, "#F1F1EE"],
    [0.75, "#F0B878"],
    [1.0, "#B5590A"],
]
