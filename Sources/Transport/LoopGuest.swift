// What lives on the event loop and has to leave with it.

/// A library context on the loop. The two steps are libwebsockets' demand: its close callbacks live in a plugin that
/// the second step unloads, so the loop has to run dry between them.
package protocol LoopGuest: AnyObject {
  /// Does what was put off until the loop has nothing else to do at the moment. It may give the loop new jobs.
  func finishTurn()
  /// Closes every socket and handle. Called once, outside any callback, on the loop's thread.
  func beginShutdown()
  /// Frees what is left, after all handles have closed.
  func finishShutdown()
}

extension LoopGuest {
  package func finishTurn() {}
}
