// How long a session may live.
import Timekeeping

/// The time limits of one session.
struct SessionLimits {
  /// After how much silence it ends; nil never.
  let idle: Duration?
  /// How long it lives in all; nil without end.
  let lifetime: Duration?

  /// When the session ends if nothing more is heard, and why; nil never.
  func deadline(created: MonotonicInstant, lastActivity: MonotonicInstant) -> (at: MonotonicInstant, cause: SessionEnd)?
  {
    let idleEnd = idle.map { (at: lastActivity.advanced(by: $0), cause: SessionEnd.idle) }
    let lifeEnd = lifetime.map { (at: created.advanced(by: $0), cause: SessionEnd.lifetime) }
    switch (idleEnd, lifeEnd) {
    case (let idle?, let life?): return idle.at <= life.at ? idle : life
    case (let only?, nil), (nil, let only?): return only
    case (nil, nil): return nil
    }
  }
}
