// When the program that has started this one is gone.
import Foundation
import Testing

@testable import Transport

@Suite struct ParentWatchTests {
  @Test func onlyAClosedOtherEndCountsAsGone() throws {
    let pipe = Pipe()
    let reading = pipe.fileHandleForReading.fileDescriptor
    #expect(!ParentWatch.isClosed(reading))
    try pipe.fileHandleForWriting.write(contentsOf: Data("x".utf8))
    #expect(!ParentWatch.isClosed(reading))
    try pipe.fileHandleForWriting.close()
    #expect(ParentWatch.isClosed(reading))
    #expect(!ParentWatch.isClosed(FileHandle.nullDevice.fileDescriptor))
    #expect(ParentWatch.isClosed(9_999))
  }
}
