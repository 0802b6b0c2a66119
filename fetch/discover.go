package fetch

// Line makes one line of a text from outside, at most so many characters long: the door for text that came by another
// way than a request, such as a list of feeds in a file.
func Line(text string, most int) string { return shorten(clean(text), most) }
