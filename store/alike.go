package store

import (
	"broadsheet/store/dedupe"
)

// contained is the share of the shorter of two texts that the other one has too; 0 when it is too short to tell.
func contained(a, b string) float64 {
	return dedupe.ShingleText(a).Containment(dedupe.ShingleText(b))
}
