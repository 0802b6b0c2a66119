package extract

import (
	"testing"
)

func TestCostOf(t *testing.T) {
	for selector, want := range map[string]selectorCost{
		"li":                          {},
		"main li":                     {1, 0},
		"main  ul\tli a":              {3, 0},
		"main > ul > li":              {},
		"h2 ~ li":                     {0, 1},
		"h2~p ~ li":                   {0, 2},
		"li, p a":                     {1, 0},
		"a[title='x y ~ z']":          {},
		"a[href~=x]":                  {},
		"li:nth-child(2n + 1)":        {0, 1},
		"ul:has(a b) li:last-of-type": {2, 1},
		`p:contains("a b c")`:         {},
	} {
		if got := costOf(selector); got != want {
			t.Errorf("%s: %+v, want %+v", selector, got, want)
		}
	}
}
