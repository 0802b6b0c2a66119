package excerpt

import (
	"strings"
	"testing"
	"unicode/utf8"
)

func TestTruncate(t *testing.T) {
	word := func(n int, ending string) string {
		return strings.TrimSpace("Word "+strings.Repeat("word ", n-2)) + " last" + ending
	}
	for _, c := range []struct{ name, text, want string }{
		{"nothing", " \n\n ", ""},
		{"a short text", "All is well.\n\nIndeed.", "All is well. Indeed."},
		{"a sentence that ends near the target", word(50, ".") + " " + word(30, "."), word(50, ".") + " …"},
		{"the closer of two sentence ends", word(44, ".") + " " + word(10, ".") + " " + word(30, "."), word(44, ".") + " " + word(10, ".") + " …"},
		{"a sentence that ends too early", word(20, ".") + " Go" + strings.Repeat(" go", 80), word(20, ".") + " Go" + strings.Repeat(" go", 34) + "…"},
		{"no comma before the ellipsis", strings.Repeat("one, ", 80), strings.TrimSuffix(strings.Repeat("one, ", 55), ", ") + "…"},
		{"a text that was truncated before", "It goes on and on and […]", "It goes on and on and…"},
		{"a text that was truncated after a sentence", "It goes on. [...]", "It goes on. …"},
		{"a sentence without an end", "It goes on and on and", "It goes on and on and…"},
		{"an abbreviation ends no sentence", word(47, "") + " says Dr. Smith of Example Inc. and " + strings.Repeat("so ", 40), word(47, "") + " says Dr. Smith of Example Inc. and so…"},
	} {
		if got := Truncate(c.text); got != c.want {
			t.Errorf("%s:\n got %q\nwant %q", c.name, got, c.want)
		}
	}
}

// TestTruncate_Scripts checks the length of excerpts in scripts with other word lengths than English.
func TestTruncate_Scripts(t *testing.T) {
	for _, c := range []struct {
		name, unit string
		min, max   int // in characters
	}{
		{"Chinese", "队列增长得比消费者快，延迟就会上升，直到客户抱怨才有人发现。", 80, 135},
		{"Japanese", "キューが伸びるとレイテンシが上がり、顧客が困るまで誰も気づかない。", 80, 135},
		{"Korean", "큐가 소비자보다 빨리 늘어나면 지연이 커지고 고객이 불평할 때까지 아무도 모른다. ", 120, 260},
		{"Thai", "เมื่อคิวโตเร็วกว่าที่ผู้บริโภคจะรับได้ ความหน่วงก็เพิ่มขึ้น และไม่มีใครสังเกตจนลูกค้าบ่น ", 150, 420},
		{"Arabic", "عندما ينمو الطابور أسرع من العمال يرتفع التأخير ولا يلاحظ أحد حتى يشتكي العملاء. ", 200, 420},
		{"Hebrew", "כשהתור גדל מהר יותר מהעובדים ההשהיה עולה ואיש אינו שם לב עד שהלקוחות מתלוננים. ", 200, 420},
		{"Russian", "Когда очередь растёт быстрее, чем её разбирают, задержка растёт, и никто не замечает. ", 250, 500},
	} {
		got := Truncate(strings.Repeat(c.unit, 20))
		if n := utf8.RuneCountInString(got); n < c.min || n > c.max || !strings.HasSuffix(got, "…") {
			t.Errorf("%s: %d characters: %s", c.name, n, got)
		}
	}
}

func TestTruncate_ThaiVowelStaysWithConsonant(t *testing.T) {
	got := Truncate(strings.Repeat("เก้าอี้ไม้", 100))
	body := strings.TrimSuffix(got, "…")
	last, _ := utf8.DecodeLastRuneInString(body)
	if body == got || strings.ContainsRune("เแโใไ", last) {
		t.Errorf("ends %q", got[max(0, len(got)-12):])
	}
}

// checkExcerpt checks what is true of every result of Truncate; text is its input.
func checkExcerpt(t *testing.T, text, got string) {
	t.Helper()
	switch {
	case !utf8.ValidString(got):
		t.Errorf("not valid UTF-8: %q", got)
	case got != strings.Join(strings.Fields(got), " "):
		t.Errorf("white space: %q", got)
	case strings.HasSuffix(got, "……") || strings.HasSuffix(got, ",…"):
		t.Errorf("the end: %q", got)
	case len(got) > 3000:
		t.Errorf("%d bytes of %d", len(got), len(text))
	}
}

func FuzzTruncate(f *testing.F) {
	for _, s := range []string{"", "One. Two.", strings.Repeat("word ", 100), strings.Repeat("字", 300), strings.Repeat("x", 5000), strings.Repeat("เก้าอี้", 90), "a [...] … […]"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, text string) {
		text = strings.ToValidUTF8(text, "")
		checkExcerpt(t, text, Truncate(text))
	})
}
