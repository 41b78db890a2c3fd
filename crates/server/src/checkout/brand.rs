//! A merchant's colour on our pages: what can be read on it, and what of it can be read on our paper. Owns the computing of
//! contrast, in whole numbers; never a rule of the style sheet besides colours.

mod linear;

use linear::LIGHT_MILLIONTHS;

/// What WCAG adds to both lights, in millionths.
const FLARE: i64 = 50_000;
/// Contrast of text, in tenths: 4.5 to 1.
const TEXT: i64 = 45;
/// Steps from a colour to black or to white.
const STEPS: i64 = 64;

/// Papers that text stands on in the light and in the dark, as in the style sheet.
const LIGHT_PAPERS: [Color; 2] = [Color([0xfd, 0xfc, 0xf9]), Color([0xf4, 0xf1, 0xea])];
const DARK_PAPERS: [Color; 2] = [Color([0x1a, 0x19, 0x17]), Color([0x24, 0x22, 0x1f])];
const BLACK: Color = Color([0, 0, 0]);
const WHITE: Color = Color([255, 255, 255]);

/// A colour of three channels.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Color([u8; 3]);

impl Color {
    /// Reads exactly `rrggbb` in lower case.
    pub(crate) fn parse(text: &str) -> Option<Self> {
        let is_hex = |byte: u8| byte.is_ascii_digit() || (b'a'..=b'f').contains(&byte);
        if text.len() != 6 || !text.bytes().all(is_hex) {
            return None;
        }
        let channel = |from: usize| u8::from_str_radix(text.get(from..from + 2)?, 16).ok();
        Some(Self([channel(0)?, channel(2)?, channel(4)?]))
    }

    /// `rrggbb`
    pub(crate) fn hex(self) -> String {
        let Self([red, green, blue]) = self;
        format!("{red:02x}{green:02x}{blue:02x}")
    }

    /// The colours that the style sheet uses: `--fill` with `--on` on it, and `--accent` on paper.
    pub(crate) fn style_sheet(self) -> String {
        let (fill, on) = (self.hex(), self.readable_on_it().hex());
        let (light, dark) = (self.towards(BLACK, &LIGHT_PAPERS), self.towards(WHITE, &DARK_PAPERS));
        format!(
            ":root{{--fill:#{fill};--on:#{on};--accent:#{}}}\n\
             @media (prefers-color-scheme:dark){{:root{{--accent:#{}}}}}\n",
            light.hex(),
            dark.hex()
        )
    }

    /// Black or white, whichever is read more easily on this colour.
    fn readable_on_it(self) -> Self {
        match WHITE.light_over(self) >= self.light_over(BLACK) {
            true => WHITE,
            false => BLACK,
        }
    }

    /// The colour nearest to this one, on the way to another, that can be read on all papers.
    fn towards(self, end: Self, papers: &[Self]) -> Self {
        let mut steps = (0..=STEPS).map(|step| self.mixed(end, step));
        let found = steps.find(|color| papers.iter().all(|paper| color.can_be_read_on(*paper)));
        found.unwrap_or(end)
    }

    fn mixed(self, end: Self, step: i64) -> Self {
        let Self([red, green, blue]) = self;
        let Self([to_red, to_green, to_blue]) = end;
        let mix = |from: u8, to: u8| {
            let value = (i64::from(from) * (STEPS - step) + i64::from(to) * step) / STEPS;
            u8::try_from(value).unwrap_or(to)
        };
        Self([mix(red, to_red), mix(green, to_green), mix(blue, to_blue)])
    }

    fn can_be_read_on(self, paper: Self) -> bool {
        self.light_over(paper).max(paper.light_over(self)) >= TEXT * 100
    }

    /// The contrast to a darker colour, in thousandths; below 1 000 when that one is lighter.
    fn light_over(self, darker: Self) -> i64 {
        (self.light() + FLARE) * 1_000 / (darker.light() + FLARE)
    }

    /// Relative luminance in millionths.
    fn light(self) -> i64 {
        let Self([red, green, blue]) = self;
        let of = |channel: u8| LIGHT_MILLIONTHS.get(usize::from(channel)).copied().unwrap_or(0);
        (2_126 * of(red) + 7_152 * of(green) + 722 * of(blue)) / 10_000
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::float_arithmetic)]

    use super::*;

    /// The formula as WCAG 2.2 writes it.
    fn contrast(one: Color, other: Color) -> f64 {
        let light = |Color(channels): Color| {
            let linear = channels.map(|channel| {
                let value = f64::from(channel) / 255.0;
                match value <= 0.040_45 {
                    true => value / 12.92,
                    false => ((value + 0.055) / 1.055).powf(2.4),
                }
            });
            0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]
        };
        let (one, other) = (light(one), light(other));
        (one.max(other) + 0.05) / (one.min(other) + 0.05)
    }

    #[test]
    fn whatever_the_colour_is_everything_can_be_read() {
        for red in (0..=255).step_by(15) {
            for green in (0..=255).step_by(15) {
                for blue in (0..=255).step_by(15) {
                    let color = Color([red, green, blue]);
                    assert!(contrast(color, color.readable_on_it()) >= 4.5, "on {color:?}");
                    for (papers, end) in [(LIGHT_PAPERS, BLACK), (DARK_PAPERS, WHITE)] {
                        let accent = color.towards(end, &papers);
                        for paper in papers {
                            assert!(contrast(accent, paper) >= 4.49, "{accent:?} of {color:?} on {paper:?}");
                        }
                    }
                }
            }
        }
    }

    #[test]
    fn a_colour_that_can_be_read_stays_as_it_is() {
        let green = Color::parse("1f6f5c").unwrap();
        assert_eq!(green.towards(BLACK, &LIGHT_PAPERS), green);
        assert_eq!(green.readable_on_it(), WHITE);
        assert_eq!(Color::parse("ffcc00").unwrap().readable_on_it(), BLACK);
        for wrong in ["", "fff", "1F6F5C", "1f6f5", "1f6f5cc", "éééé", "12345g"] {
            assert_eq!(Color::parse(wrong), None, "{wrong}");
        }
    }
}
