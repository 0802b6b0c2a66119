package dedupe

import "testing"

func TestMinHash(t *testing.T) {
	missed := 0
	for seed := range uint64(200) {
		text := essay(seed, 400)
		signature := map[uint32]bool{}
		for _, x := range ShingleText(text).MinHash() {
			signature[x] = true
		}
		shared := func(text string) (n int) {
			for _, x := range ShingleText(text).MinHash() {
				if signature[x] {
					n++
				}
			}
			return n
		}
		if shared("This article was first published elsewhere. "+text) < 2 || shared(edited(text, 40)) < 2 {
			missed++
		}
		if n := shared(essay(seed+1000, 400)); n > 0 {
			t.Errorf("two texts share %d MinHash values", n)
		}
	}
	if missed > 2 {
		t.Errorf("%d of 200 copies would not be found", missed)
	}
}
