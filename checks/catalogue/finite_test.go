package catalogue

import (
	"math"
	"testing"
)

// TestFinite: what is no number anybody can write is none, however it is spelt:
// no JSON can carry it.
func TestFinite(t *testing.T) {
	for _, raw := range []any{"nan", "NaN", "inf", "-Infinity", "1e999", math.NaN(), math.Inf(1)} {
		if v, ok := Coerce("int", raw); ok {
			t.Errorf("%v is %v", raw, v)
		}
	}
	if v, ok := Coerce("int", "1e3"); !ok || v != 1000.0 {
		t.Errorf("1e3 is %v, %v", v, ok)
	}
}
