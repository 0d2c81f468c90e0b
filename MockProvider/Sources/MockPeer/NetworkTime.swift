// Time as RTP's companions write it.
import Timekeeping

/// The 64-bit format of RFC 3550 section 4. Only differences mean something: the clock's start is not a known moment.
enum NetworkTime {
  /// Far from zero, as receivers take a small value for a missing one.
  private static let start: UInt64 = 3_900_000_000

  static func ntp(_ instant: MonotonicInstant) -> UInt64 {
    let (seconds, attoseconds) = instant.sinceStart.components
    let fraction = UInt64(attoseconds / 1_000_000_000) << 32 / 1_000_000_000
    return (start &+ UInt64(seconds)) << 32 | fraction & 0xFFFF_FFFF
  }

  /// The middle half of ``ntp(_:)``.
  static func middle(_ instant: MonotonicInstant) -> UInt32 { UInt32(truncatingIfNeeded: ntp(instant) >> 16) }

  /// Six bits of seconds and 18 of their fraction, as abs-send-time has them.
  static func absoluteSendTime(_ instant: MonotonicInstant) -> UInt32 {
    UInt32(truncatingIfNeeded: ntp(instant) >> 14) & 0xFF_FFFF
  }
}
