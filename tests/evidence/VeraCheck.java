import java.io.FileInputStream;
import java.util.Map;
import java.util.TreeMap;
import java.util.logging.Level;
import java.util.logging.Logger;
import org.verapdf.gf.foundry.VeraGreenfieldFoundryProvider;
import org.verapdf.pdfa.Foundries;
import org.verapdf.pdfa.PDFAParser;
import org.verapdf.pdfa.PDFAValidator;
import org.verapdf.pdfa.flavours.PDFAFlavour;
import org.verapdf.pdfa.results.TestAssertion;
import org.verapdf.pdfa.results.ValidationResult;

/** Asks veraPDF whether files follow profiles: FLAVOUR[,FLAVOUR...] FILE... Exit code 1 where one does not. */
public class VeraCheck {
    public static void main(String[] arguments) throws Exception {
        Logger.getLogger("org.verapdf").setLevel(Level.OFF);
        VeraGreenfieldFoundryProvider.initialise();
        boolean all = true;
        for (int index = 1; index < arguments.length; index++) {
            for (String name : arguments[0].split(",")) {
                all &= check(arguments[index], PDFAFlavour.fromString(name));
            }
        }
        System.exit(all ? 0 : 1);
    }

    private static boolean check(String path, PDFAFlavour flavour) throws Exception {
        try (PDFAParser parser = Foundries.defaultInstance().createParser(new FileInputStream(path), flavour);
                PDFAValidator validator =
                        Foundries.defaultInstance().createValidator(flavour, 10000, false, false, false)) {
            ValidationResult result = validator.validate(parser);
            System.out.printf("%s %s compliant=%b%n", path, flavour, result.isCompliant());
            Map<String, String> failures = new TreeMap<>();
            for (TestAssertion each : result.getTestAssertions()) {
                if (each.getStatus() == TestAssertion.Status.FAILED) {
                    String rule = each.getRuleId().getClause() + "-" + each.getRuleId().getTestNumber();
                    failures.putIfAbsent(rule + " " + each.getMessage(), each.getLocation().getContext());
                }
            }
            failures.forEach((rule, place) -> System.out.println("  " + rule + " @ " + place));
            return result.isCompliant();
        }
    }
}
