import java.util.Map;
import java.util.function.Consumer;

/** Holds unmodified Java SDKs and performs one program: PROGRAM ADDRESS KEY_ID SECRET. */
public final class Clients {
    private static final Map<String, Consumer<Steps>> PROGRAMS = Map.of(
        "aws", AwsProgram::fill,
        "oss-v1", steps -> OssProgram.fill(steps, false),
        "oss-v4", steps -> OssProgram.fill(steps, true),
        "cos", CosProgram::fill,
        "tos", TosProgram::fill,
        "minting", MintingProgram::fill
    );

    public static void main(String[] given) {
        Steps steps = new Steps(given[1], given[2], given[3]);
        PROGRAMS.get(given[0]).accept(steps);
        steps.run();
        System.exit(0); // some SDKs leave threads behind
    }
}
