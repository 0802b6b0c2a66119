package broadsheet

// Signs are eight ASCII signs of a text in one number, the first in its lowest byte, of which a question is answered at once.
type Signs uint64

// An answer has the high bit of each sign that it is true of.
const (
	AllSigns = 0x8080808080808080
	eachSign = 0x0101010101010101
)

// EightSigns are the first eight bytes of a text, which must have so many; ok: they are ASCII.
func EightSigns(text string) (s Signs, ok bool) {
	s = Signs(text[0]) | Signs(text[1])<<8 | Signs(text[2])<<16 | Signs(text[3])<<24 |
		Signs(text[4])<<32 | Signs(text[5])<<40 | Signs(text[6])<<48 | Signs(text[7])<<56
	return s, s&AllSigns == 0
}

// Between answers which signs are first, last or between them.
func (s Signs) Between(first, last byte) uint64 {
	return uint64((s+Signs(0x80-first)*eachSign)&^(s+Signs(0x7f-last)*eachSign)) & AllSigns
}
