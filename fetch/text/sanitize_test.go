package text

import (
	"fmt"
	"strings"
	"testing"
	"unicode/utf8"

	"broadsheet/internal/plain"
)

func TestSanitize(t *testing.T) {
	for _, c := range []struct{ name, text, want string }{
		{"ascii", "Queues and logs", "Queues and logs"},
		{"white space", " \tQueues\u00a0 and\u2028\u3000logs \n", "Queues and logs"},
		{"escape codes", "\x1b[31mred\x07", "[31mred"},
		{"C1 control sequence", "a\u009b31mb", "a›31mb"},
		{"windows-1252 as C1", "it\u0092s \u0093so\u0094 \u0081x", "it’s “so” x"},
		{"NUL and non-characters", "a\x00b\ufffec\uffffd\ufdd0e\U0001fffef", "abcdef"},
		{"bidi overrides", "invoice\u202egnp.exe\u2066x\u2069\u200e\u200f\u061c", "invoicegnp.exex"},
		{"zero width", "pay\u200bpal\u2060\ufeff\u00ad.example", "paypal.example"},
		{"joiner between latin letters", "pay\u200dpal\u200cx", "paypalx"},
		{"joiner in Persian and Hindi", "می\u200cخواهم क्\u200dष", "می\u200cخواهم क्\u200dष"},
		{"joiner in emoji", "👩\u200d💻 👨\u200d👩\u200d👧", "👩\u200d💻 👨\u200d👩\u200d👧"},
		{"hidden tags", "a\U000e0041\U000e0042b", "ab"},
		{"variation selectors, one at most", "❤\ufe0f\ufe0f\ufe0fx", "❤\ufe0fx"},
		{"variation selector on nothing", "\ufe0fx", "x"},
		{"too many combining marks", "Z" + strings.Repeat("\u0335", 40) + "a", "Z" + strings.Repeat("\u0335", 4) + "a"},
		{"composed", "cafe\u0301", "café"},
		{"Vietnamese keeps its marks", "Việt", "Việt"},
		{"invalid bytes", "a\xffb\xed\xa0\x80", "a\uFFFDb\uFFFD"},
		{"UTF-8 read as windows-1252", "Itâ€™s a cafÃ©", "It’s a café"},
		{"UTF-8 read as windows-1252 twice", "Itâ€™s", "It’s"},
		{"stays if other characters are correct", "Ã© in naïve code", "Ã© in naïve code"},
		{"real accents", "Crème brûlée à l’été", "Crème brûlée à l’été"},
		{"hangul filler and braille blank", "a\u3164b\u2800c", "ab c"},
	} {
		t.Run(c.name, func(t *testing.T) {
			if got := Sanitize(c.text); got != c.want {
				t.Errorf("%q became %q, want %q", c.text, got, c.want)
			}
		})
	}
}

// TestSanitize_ShortcutKeepsNoMojibake tries characters in many surroundings: what plain.IsSanitized lets pass is no mojibake.
func TestSanitize_ShortcutKeepsNoMojibake(t *testing.T) {
	for r := rune(' '); r < 0x20000; r++ {
		for _, format := range []string{"a%cb", "%c", "é%c", "’%c", "%cé"} {
			text := fmt.Sprintf(format, r)
			if plain.IsSanitized(text) && fixMojibake(text) != text {
				t.Errorf("%+q (%U) passes, and would become %+q", text, r, fixMojibake(text))
			}
		}
	}
}

func TestCleanNames_FewShortDistinct(t *testing.T) {
	got := CleanNames([]string{"", "Kafka", "kafka", strings.Repeat("x", 200), "a", "b"}, 3)
	if len(got) != 3 || got[0] != "Kafka" || got[2] != "a" || utf8.RuneCountInString(got[1]) > maxName {
		t.Errorf("got %q", got)
	}
}

// BenchmarkSanitize measures what every text from the web passes.
func BenchmarkSanitize(b *testing.B) {
	for _, content := range []struct{ name, text string }{
		{"ascii", "The queue keeps its order because each writer waits for the one before it, and that one knows."},
		{"unicode", "Die Schlange hält ihre Ordnung – jeder wartet auf den vor ihm … “und der weiß davon”, 队列保持顺序。"},
	} {
		b.Run(content.name, func(b *testing.B) {
			b.SetBytes(int64(len(content.text)))
			for b.Loop() {
				Sanitize(content.text)
			}
		})
	}
}
