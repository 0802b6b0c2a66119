package broadsheet

import (
	"testing"
	"time"
)

func TestLimitsThatAreNotSaidHaveDefaults(t *testing.T) {
	l := Limits{Timeout: time.Second, Gap: -1}.OrDefaults()
	if l.Timeout != time.Second || l.Gap != -1 {
		t.Errorf("what was said is not kept: %+v", l)
	}
	if l.Run <= 0 || l.Body <= 0 || l.Hosts <= 0 || l.Redirects <= 0 || l.Pages <= 0 {
		t.Errorf("without a bound: %+v", l)
	}
}
