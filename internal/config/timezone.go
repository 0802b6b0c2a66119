package config

import (
	_ "embed"
	"regexp"
	"strings"
	"time"
	_ "time/tzdata" // so that a time zone means the same on every machine, whatever is installed
)

// zoneList contains the names of the IANA time zone database, one per line. Only these are valid, so that a feeds.yaml
// is valid either on every machine or on none: the time zone files of a machine know other names, such as "Local".
//
//go:embed zones.txt
var zoneList string

// zoneAliases maps abbreviations that people write to the name of a zone with that time.
var zoneAliases = map[string]string{
	"pst": "America/Los_Angeles", "pdt": "America/Los_Angeles", "pt": "America/Los_Angeles", "mdt": "America/Denver", "mt": "America/Denver",
	"cdt": "America/Chicago", "ct": "America/Chicago", "cst": "America/Chicago", "edt": "America/New_York", "et": "America/New_York",
	"bst": "Europe/London", "ist": "Asia/Kolkata", "cest": "Europe/Berlin", "eest": "Europe/Helsinki", "msk": "Europe/Moscow",
	"jst": "Asia/Tokyo", "kst": "Asia/Seoul", "sgt": "Asia/Singapore", "aest": "Australia/Sydney", "nzst": "Pacific/Auckland",
	"z": "UTC", "local": "UTC", "localtime": "UTC",
}

var offsetRE = regexp.MustCompile(`^(?i)(?:utc|gmt)?([+-])0?([0-9]{1,2})(?::?00)?$`)

// zoneType is the name of a time zone; it decodes to a *time.Location.
func zoneType() valueType {
	return scalarType("the name of a time zone", "Europe/Berlin", object{"type": "string"}, func(text string) (any, string, string) {
		if known := "\n" + zoneList; text != "" && strings.Contains(known, "\n"+text+"\n") {
			if zone, err := time.LoadLocation(text); err == nil {
				return zone, "", ""
			}
		}
		return nil, "is not a time zone", suggestZone(text)
	})
}

// suggestZone returns the remedy for an unknown time zone: what to write instead.
func suggestZone(text string) string {
	if parts := offsetRE.FindStringSubmatch(text); parts != nil {
		opposite := map[string]string{"+": "-", "-": "+"}[parts[1]]
		if name := "Etc/GMT" + opposite + parts[2]; strings.Contains(zoneList, name+"\n") {
			return "write a place, for example Europe/Berlin, or " + name + ", which is the name of that offset"
		}
	}
	normalized := strings.ToLower(strings.ReplaceAll(text, " ", "_"))
	if place := zoneAliases[normalized]; place != "" {
		return "write " + place + ", or another place that has this time"
	}
	zones := strings.Fields(zoneList)
	for _, zone := range zones {
		if lower := strings.ToLower(zone); lower == normalized || strings.HasSuffix(lower, "/"+normalized) {
			return "write " + zone
		}
	}
	if match := suggest(text, zones); match != "" {
		return "did you mean " + match + "?"
	}
	return "write a name such as UTC, Europe/Berlin or America/New_York"
}
