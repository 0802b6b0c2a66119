package plain

import "testing"

func TestTruncateBytes(t *testing.T) {
	for _, tt := range []struct {
		text string
		n    int
		want string
	}{
		{"abc", 3, "abc"}, {"abc", 2, "ab"}, {"abc", 0, ""}, {"abc", -1, ""}, {"", 0, ""},
		{"aé", 3, "aé"}, {"aé", 2, "a"}, {"日本", 5, "日"}, {"日本", 3, "日"}, {"日本", 2, ""},
		{"a\xff", 2, "a\xff"}, {"a\xffb", 2, "a"},
	} {
		if got := TruncateBytes(tt.text, tt.n); got != tt.want {
			t.Errorf("TruncateBytes(%q, %d) = %q, want %q", tt.text, tt.n, got, tt.want)
		}
	}
}

func TestShorten(t *testing.T) {
	for _, tt := range []struct {
		text string
		n    int
		want string
	}{
		{"one two", 7, "one two"}, {"one two", 6, "one…"}, {"one, two", 7, "one…"}, {"onetwo three", 5, "onet…"},
		{"a longword", 7, "a long…"}, {"日本語", 3, "日本語"}, {"日本語", 2, "日…"}, {"abc", 1, "…"}, {"", 1, ""},
	} {
		if got := Shorten(tt.text, tt.n); got != tt.want {
			t.Errorf("Shorten(%q, %d) = %q, want %q", tt.text, tt.n, got, tt.want)
		}
	}
}
