package config

import (
	_ "embed"
	"regexp"
	"strings"
	"time"
	_ "time/tzdata" // so that a zone means the same on every machine, whatever it has installed
)

// zoneList names the zones of the IANA time zone database, one a line. Only these are known, so that feeds.yaml is
// right or wrong everywhere alike; the machine's own files know others, "Local" among them.
//
//go:embed zones.txt
var zoneList string

// zoneAliases are what people write who mean a place's time, and a place that has it.
var zoneAliases = map[string]string{
	"pst": "America/Los_Angeles", "pdt": "America/Los_Angeles", "pt": "America/Los_Angeles", "mdt": "America/Denver", "mt": "America/Denver",
	"cdt": "America/Chicago", "ct": "America/Chicago", "cst": "America/Chicago", "edt": "America/New_York", "et": "America/New_York",
	"bst": "Europe/London", "ist": "Asia/Kolkata", "cest": "Europe/Berlin", "eest": "Europe/Helsinki", "msk": "Europe/Moscow",
	"jst": "Asia/Tokyo", "kst": "Asia/Seoul", "sgt": "Asia/Singapore", "aest": "Australia/Sydney", "nzst": "Pacific/Auckland",
	"z": "UTC", "local": "UTC", "localtime": "UTC",
}

var offsetRE = regexp.MustCompile(`^(?i)(?:utc|gmt)?([+-])0?([0-9]{1,2})(?::?00)?$`)

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

// suggestZone says what to write in place of a zone that there is not.
func suggestZone(text string) string {
	if parts := offsetRE.FindStringSubmatch(text); parts != nil {
		opposite := map[string]string{"+": "-", "-": "+"}[parts[1]]
		if name := "Etc/GMT" + opposite + parts[2]; strings.Contains(zoneList, name+"\n") {
			return "write a place, for example Europe/Berlin, or " + name + ", which is the name of that offset"
		}
	}
	wanted := strings.ToLower(strings.ReplaceAll(text, " ", "_"))
	if place := zoneAliases[wanted]; place != "" {
		return "write " + place + ", or another place that has this time"
	}
	zones := strings.Fields(zoneList)
	for _, zone := range zones {
		if lower := strings.ToLower(zone); lower == wanted || strings.HasSuffix(lower, "/"+wanted) {
			return "write " + zone
		}
	}
	if near := suggest(text, zones); near != "" {
		return "did you mean " + near + "?"
	}
	return "write a name such as UTC, Europe/Berlin or America/New_York"
}
