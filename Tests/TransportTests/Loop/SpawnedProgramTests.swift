// A program beside this one: how it ends is told, and it is sent nothing after its end.
import Glibc
import Testing

@testable import Transport

@Suite struct SpawnedProgramTests {
  private func withLoop(_ body: (EventLoop) async throws -> Void) async throws {
    let loop = try EventLoop()
    do { try await body(loop) } catch {
      await loop.stop()
      throw error
    }
    await loop.stop()
  }

  @Test func itsExitCodeIsHandedOn() async throws {
    try await withLoop { loop in
      let program = try await SpawnedProgram.start(["sh", "-c", "exit 7"], environment: ["PATH=/usr/bin:/bin"], on: loop)
      #expect(await program.end() == .exit(code: 7))
      // Its number may be another program's by now: nothing is sent.
      program.send(SIGKILL)
    }
  }

  @Test func itHasTheEnvironmentThatItIsGivenAndNoOther() async throws {
    try await withLoop { loop in
      let program = try await SpawnedProgram.start(
        ["sh", "-c", #"test "$MARK" = "two words" && test -z "$HOME""#],
        environment: ["PATH=/usr/bin:/bin", "MARK=two words"], on: loop)
      #expect(await program.end() == .exit(code: 0))
    }
  }

  @Test func aSignalReachesItAndItsEndIsTold() async throws {
    try await withLoop { loop in
      let program = try await SpawnedProgram.start(["sleep", "600"], environment: ["PATH=/usr/bin:/bin"], on: loop)
      program.send(SIGTERM)
      let end = await program.end()
      #expect(end == .signal(number: SIGTERM))
      #expect(end.exitCode == 143)
    }
  }

  @Test(arguments: [("no-such-program", 127), ("/etc", 126)])
  func whatCannotBeRunIsSaid(program: String, exitCode: Int32) async throws {
    try await withLoop { loop in
      let error = await #expect(throws: SpawnError.self) {
        try await SpawnedProgram.start([program], environment: ["PATH=/usr/bin:/bin"], on: loop)
      }
      #expect(error?.exitCode == exitCode)
      #expect(error?.description.hasPrefix("\(program) cannot be run: ") == true)
    }
  }

  @Test func aLoopThatStopsWaitsForNoProgram() async throws {
    let loop = try EventLoop()
    let program = try await SpawnedProgram.start(["sleep", "1"], environment: ["PATH=/usr/bin:/bin"], on: loop)
    await loop.stop()
    #expect(await program.end() == .signal(number: SIGKILL), "nobody knows how it ends")
  }
}
