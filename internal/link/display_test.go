package link

import "testing"

func TestDisplay_DropsTrackingParameters(t *testing.T) {
	for link, want := range map[string]string{
		"https://a.example/x":                              "https://a.example/x",
		"https://a.example/x?utm_source=rss&utm_medium=f":  "https://a.example/x",
		"https://a.example/x?p=1&UTM_Source=rss&q=a%20b#c": "https://a.example/x?p=1&q=a%20b#c",
		"https://a.example/x?fbclid=1#/route?utm_source=x": "https://a.example/x#/route?utm_source=x",
		"https://a.example/x?ref=main&source=left":         "https://a.example/x?ref=main&source=left",
		"https://a.example/?":                              "https://a.example/",
	} {
		if got := Display(link); got != want {
			t.Errorf("%s → %s, want %s", link, got, want)
		}
	}
}
