-- Second wall: what is written about money is neither changed nor removed, and no permit comes back to life.

-- only: sqlite
CREATE TRIGGER journal_no_update BEFORE UPDATE ON journal BEGIN SELECT RAISE(ABORT, 'journal is append-only'); END;
CREATE TRIGGER journal_no_delete BEFORE DELETE ON journal BEGIN SELECT RAISE(ABORT, 'journal is append-only'); END;
CREATE TRIGGER facts_no_update BEFORE UPDATE ON facts BEGIN SELECT RAISE(ABORT, 'facts is append-only'); END;
CREATE TRIGGER facts_no_delete BEFORE DELETE ON facts BEGIN SELECT RAISE(ABORT, 'facts is append-only'); END;
CREATE TRIGGER intents_no_delete BEFORE DELETE ON intents BEGIN SELECT RAISE(ABORT, 'intents is never deleted'); END;
CREATE TRIGGER attempts_no_delete BEFORE DELETE ON attempts BEGIN SELECT RAISE(ABORT, 'attempts is never deleted'); END;
CREATE TRIGGER permits_no_delete BEFORE DELETE ON permits BEGIN SELECT RAISE(ABORT, 'permits is never deleted'); END;
CREATE TRIGGER refunds_no_delete BEFORE DELETE ON refunds BEGIN SELECT RAISE(ABORT, 'refunds is never deleted'); END;
CREATE TRIGGER calls_no_delete BEFORE DELETE ON calls BEGIN SELECT RAISE(ABORT, 'calls is never deleted'); END;
CREATE TRIGGER outbox_no_delete BEFORE DELETE ON outbox BEGIN SELECT RAISE(ABORT, 'outbox is never deleted'); END;
CREATE TRIGGER permits_no_revival BEFORE UPDATE OF status ON permits
    WHEN (OLD.status = 'dead' AND NEW.status NOT IN ('dead', 'paid'))
        OR (OLD.status = 'paid' AND NEW.status <> 'paid')
        OR (OLD.status = 'sent' AND NEW.status = 'open')
    BEGIN SELECT RAISE(ABORT, 'permits does not go back'); END;
CREATE TRIGGER permits_sent_as_made
    BEFORE UPDATE OF merchant_ref, amount_minor, currency, account_id, intent_id, attempt_id, number ON permits
    BEGIN SELECT RAISE(ABORT, 'permits is sent as it was made'); END;
CREATE TRIGGER permits_own_proof BEFORE UPDATE OF dead_proof ON permits
    WHEN OLD.status = 'dead' AND NEW.status = 'dead' AND NEW.dead_proof <> OLD.dead_proof
    BEGIN SELECT RAISE(ABORT, 'permits is dead by the proof it died of'); END;
CREATE TRIGGER permits_own_fact BEFORE UPDATE OF status, dead_fact_id ON permits
    WHEN NEW.dead_fact_id IS NOT NULL AND NOT EXISTS (SELECT 1 FROM facts f WHERE f.project_id = NEW.project_id
        AND f.environment = NEW.environment AND f.id = NEW.dead_fact_id AND f.permit_id = NEW.id)
    BEGIN SELECT RAISE(ABORT, 'permits dies by a fact of its own'); END;
CREATE TRIGGER permits_acknowledged BEFORE UPDATE OF acknowledged ON permits
    WHEN OLD.acknowledged AND NOT NEW.acknowledged
    BEGIN SELECT RAISE(ABORT, 'permits stays acknowledged'); END;
CREATE TRIGGER intents_paid_as_made BEFORE UPDATE OF amount_minor, currency ON intents
    BEGIN SELECT RAISE(ABORT, 'intents is paid as it was made'); END;
CREATE TRIGGER calls_end_once BEFORE UPDATE OF outcome ON calls
    WHEN OLD.outcome <> 'open' AND NEW.outcome <> OLD.outcome
    BEGIN SELECT RAISE(ABORT, 'calls ends once'); END;
-- end

-- only: postgres
CREATE FUNCTION refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN RAISE EXCEPTION '% %', TG_TABLE_NAME, TG_ARGV[0]; END $$;
CREATE TRIGGER journal_no_change BEFORE UPDATE OR DELETE ON journal FOR EACH ROW EXECUTE FUNCTION refuse_change('is append-only');
CREATE TRIGGER facts_no_change BEFORE UPDATE OR DELETE ON facts FOR EACH ROW EXECUTE FUNCTION refuse_change('is append-only');
CREATE TRIGGER intents_no_delete BEFORE DELETE ON intents FOR EACH ROW EXECUTE FUNCTION refuse_change('is never deleted');
CREATE TRIGGER attempts_no_delete BEFORE DELETE ON attempts FOR EACH ROW EXECUTE FUNCTION refuse_change('is never deleted');
CREATE TRIGGER permits_no_delete BEFORE DELETE ON permits FOR EACH ROW EXECUTE FUNCTION refuse_change('is never deleted');
CREATE TRIGGER refunds_no_delete BEFORE DELETE ON refunds FOR EACH ROW EXECUTE FUNCTION refuse_change('is never deleted');
CREATE TRIGGER calls_no_delete BEFORE DELETE ON calls FOR EACH ROW EXECUTE FUNCTION refuse_change('is never deleted');
CREATE TRIGGER outbox_no_delete BEFORE DELETE ON outbox FOR EACH ROW EXECUTE FUNCTION refuse_change('is never deleted');
CREATE TRIGGER permits_no_revival BEFORE UPDATE OF status ON permits FOR EACH ROW
    WHEN ((OLD.status = 'dead' AND NEW.status NOT IN ('dead', 'paid'))
        OR (OLD.status = 'paid' AND NEW.status <> 'paid')
        OR (OLD.status = 'sent' AND NEW.status = 'open'))
    EXECUTE FUNCTION refuse_change('does not go back');
CREATE TRIGGER permits_sent_as_made
    BEFORE UPDATE OF merchant_ref, amount_minor, currency, account_id, intent_id, attempt_id, number ON permits
    FOR EACH ROW EXECUTE FUNCTION refuse_change('is sent as it was made');
CREATE TRIGGER permits_own_proof BEFORE UPDATE OF dead_proof ON permits FOR EACH ROW
    WHEN (OLD.status = 'dead' AND NEW.status = 'dead' AND NEW.dead_proof <> OLD.dead_proof)
    EXECUTE FUNCTION refuse_change('is dead by the proof it died of');
CREATE FUNCTION refuse_foreign_fact() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF NOT EXISTS (SELECT 1 FROM facts f WHERE f.project_id = NEW.project_id AND f.environment = NEW.environment
        AND f.id = NEW.dead_fact_id AND f.permit_id = NEW.id) THEN
        RAISE EXCEPTION 'permits dies by a fact of its own';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER permits_own_fact BEFORE UPDATE OF status, dead_fact_id ON permits FOR EACH ROW
    WHEN (NEW.dead_fact_id IS NOT NULL) EXECUTE FUNCTION refuse_foreign_fact();
CREATE TRIGGER permits_acknowledged BEFORE UPDATE OF acknowledged ON permits FOR EACH ROW
    WHEN (OLD.acknowledged AND NOT NEW.acknowledged) EXECUTE FUNCTION refuse_change('stays acknowledged');
CREATE TRIGGER intents_paid_as_made BEFORE UPDATE OF amount_minor, currency ON intents
    FOR EACH ROW EXECUTE FUNCTION refuse_change('is paid as it was made');
CREATE TRIGGER calls_end_once BEFORE UPDATE OF outcome ON calls FOR EACH ROW
    WHEN (OLD.outcome <> 'open' AND NEW.outcome <> OLD.outcome) EXECUTE FUNCTION refuse_change('ends once');
CREATE TRIGGER journal_no_truncate BEFORE TRUNCATE ON journal EXECUTE FUNCTION refuse_change('is append-only');
CREATE TRIGGER facts_no_truncate BEFORE TRUNCATE ON facts EXECUTE FUNCTION refuse_change('is append-only');
-- end
