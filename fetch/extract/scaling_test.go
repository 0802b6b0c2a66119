//go:build scaling

package extract

import (
	"testing"

	"broadsheet/internal/scaletest"
)

func TestScaling_DetectLanguage(t *testing.T) {
	for name, unit := range map[string]string{"one word": "x", "no spaces": "東京", "Thai": "กขค", "combining marks": "e\u0301"} {
		t.Run(name, func(t *testing.T) {
			scaletest.Linear(t, scaletest.Repeat(unit), func(text string) { detectLanguage("", text) })
		})
	}
}

func TestScaling_ParseTime(t *testing.T) {
	for name, unit := range map[string]string{"brackets": "(", "digits": "1", "clocks": "12:30 ", "words": "March "} {
		t.Run(name, func(t *testing.T) {
			scaletest.Linear(t, scaletest.Repeat(unit), func(text string) { parseTime(text) })
		})
	}
}
